DROP DATABASE IF EXISTS `snap_maria_strings`; CREATE DATABASE `snap_maria_strings` CHARACTER SET utf8mb4; USE `snap_maria_strings`;
CREATE TABLE t (id INT PRIMARY KEY, a CHAR(10), b VARCHAR(20), c TINYTEXT, d TEXT, e MEDIUMTEXT, f LONGTEXT, g VARCHAR(10) NOT NULL DEFAULT 'x''y', h CHAR(3) DEFAULT '', i VARCHAR(300) CHARACTER SET latin1 COLLATE latin1_swedish_ci, j VARCHAR(50) COLLATE utf8mb4_bin) COMMENT='strings';
INSERT INTO t VALUES (1,'','','','','','','','','',''),(2,'a  ','b  ','c','d','e','f','g','h ','ÄÖÜß€','ß'),(3,'日本語','😀😀','\t\n\r','"quoted" \\ back','<&>','\0nul','ü','abc',REPEAT('é',300),'ÿ');
INSERT INTO t (id) VALUES (4);
UPDATE t SET d=REPEAT('long ',500), b=NULL WHERE id=2;
UPDATE t SET a='A' WHERE id=3;
