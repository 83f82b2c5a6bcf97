DROP DATABASE IF EXISTS `snap_key_composite`; CREATE DATABASE `snap_key_composite` CHARACTER SET utf8mb4; USE `snap_key_composite`;
CREATE TABLE t (v INT, b VARCHAR(10) NOT NULL, a INT NOT NULL, PRIMARY KEY (a,b));
INSERT INTO t VALUES (1,'x',1),(2,'y',1),(3,'x',2); UPDATE t SET v=9 WHERE a=1; UPDATE t SET b='z' WHERE a=2; UPDATE t SET a=5,v=0 WHERE a=1 AND b='y';
