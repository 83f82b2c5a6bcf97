USE `differs_maria_compressed`;
INSERT INTO t VALUES (1,REPEAT('ab',200),REPEAT('text ',100),REPEAT('b',300)),(2,'short','s',''),(3,NULL,NULL,NULL); UPDATE t SET a='x'; DELETE FROM t WHERE id=1;
