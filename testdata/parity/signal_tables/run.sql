USE `signal_tables`;
INSERT INTO signals VALUES ('s1','execute-snapshot','{"data-collections": ["signal_tables.b", "signal_tables.bare", "signal_tables.a"]}'); DO SLEEP(3);
INSERT INTO a VALUES (8,'h');
INSERT INTO signals VALUES ('s2','execute-snapshot','{"data-collections": ["signal_tables.a"], "additional-conditions": [{"data-collection": "signal_tables.a", "filter": "id > 5"}]}'); DO SLEEP(2);
INSERT INTO signals VALUES ('s3','execute-snapshot','{"data-collections": ["signal_tables.keyless"]}'); DO SLEEP(2);
UPDATE a SET v='z' WHERE id=1;
