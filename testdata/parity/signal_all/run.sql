USE `signal_all`;
INSERT INTO signals VALUES ('s1','execute-snapshot','{"data-collections": ["signal_all[.].*"]}'); DO SLEEP(4);
UPDATE a SET v='z' WHERE id=1;
