USE `maria_signal_blocking`;
INSERT INTO a VALUES (9,'i');
INSERT INTO signals VALUES ('b1','execute-snapshot','{"data-collections": ["maria_signal_blocking.a", "maria_signal_blocking.b"], "type": "blocking"}'); DO SLEEP(4);
INSERT INTO a VALUES (10,'j');
INSERT INTO signals VALUES ('b2','execute-snapshot','{"data-collections": ["maria_signal_blocking.a"], "type": "blocking", "additional-conditions": [{"data-collection": "maria_signal_blocking.a", "filter": "SELECT * FROM maria_signal_blocking.a WHERE id > 5"}]}'); DO SLEEP(4);
INSERT INTO a VALUES (11,'k');
INSERT INTO signals VALUES ('b3','execute-snapshot','{"data-collections": ["maria_signal_blocking\\\\.t_.*"], "type": "blocking"}'); DO SLEEP(4);
