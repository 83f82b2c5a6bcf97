USE `types_years`;
SET sql_mode=''; INSERT INTO t VALUES (1,1901,2155,2000),(2,0,0,'0'),(3,NULL,'70',69); UPDATE t SET y=y+1 WHERE id<>3; DELETE FROM t WHERE id=1;
