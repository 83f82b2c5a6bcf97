USE `signal_noschema`;
INSERT INTO signals VALUES ('s1','execute-snapshot','{"data-collections": ["signal_noschema.b", "signal_noschema.a"]}'); DO SLEEP(3);
INSERT INTO signals VALUES ('b1','execute-snapshot','{"data-collections": ["signal_noschema.a"], "type": "blocking"}'); DO SLEEP(3);
