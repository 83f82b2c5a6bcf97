DROP DATABASE IF EXISTS `snap_binaries_base64_url_safe`; CREATE DATABASE `snap_binaries_base64_url_safe` CHARACTER SET utf8mb4; USE `snap_binaries_base64_url_safe`;
CREATE TABLE t (id INT PRIMARY KEY, a BINARY(8), b VARBINARY(20), c TINYBLOB, d BLOB, e MEDIUMBLOB, f LONGBLOB, g BINARY(4) NOT NULL DEFAULT 'ab', h VARBINARY(10) DEFAULT 'cd', i CHAR(4) CHARACTER SET binary);
INSERT INTO t (id,a,b,c,d,e,f,i) VALUES (1,'','','','','','',''),(2,0x0001020304050607,0xFFFEFD,0x00,UNHEX(REPEAT('A5',100)),'text',0x80,0x01020304),(3,'ab','ab',NULL,NULL,NULL,NULL,'x');
UPDATE t SET a=0xFF, d=0x3E3F WHERE id=2;
