USE `maria_json`;
INSERT INTO t VALUES (1,'{"a": 1}'),(2,NULL); UPDATE t SET j='[1, 2]' WHERE id=1;
