USE `signal_control`;
INSERT INTO signals VALUES ('p','pause-snapshot','{"type": "incremental"}'); DO SLEEP(1);
INSERT INTO signals VALUES ('l','log','{"message": "hello {}"}');INSERT INTO signals VALUES ('u','no-such-signal','{}');INSERT INTO signals VALUES ('bad','execute-snapshot','{"data-collections"');
INSERT INTO signals VALUES ('none','execute-snapshot','{"data-collections": ["signal_control.nothing"]}'); DO SLEEP(1);
INSERT INTO a VALUES (12,'l');
