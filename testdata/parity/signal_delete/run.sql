USE `signal_delete`;
INSERT INTO signals VALUES ('s1','execute-snapshot','{"data-collections": ["signal_delete.b", "signal_delete.a"]}'); DO SLEEP(3);
UPDATE a SET v='z' WHERE id=1;
