USE `key_composite`;
INSERT INTO t VALUES (1,'x',1),(2,'y',1),(3,'x',2); UPDATE t SET v=9 WHERE a=1; UPDATE t SET b='z' WHERE a=2; UPDATE t SET a=5,v=0 WHERE a=1 AND b='y'; DELETE FROM t;
