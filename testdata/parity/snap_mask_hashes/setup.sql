DROP DATABASE IF EXISTS `snap_mask_hashes`; CREATE DATABASE `snap_mask_hashes` CHARACTER SET utf8mb4; USE `snap_mask_hashes`;
CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20), b VARCHAR(20) NOT NULL, c CHAR(10), d TEXT, e ENUM('one','two'), f SET('x','y'), g VARCHAR(12) CHARACTER SET latin1, n INT);
INSERT INTO t VALUES (1,'hello','world','char','some text','one','x,y','café',7),(2,NULL,'',NULL,NULL,NULL,NULL,NULL,NULL),(3,'ümläüt 😀 smile','😀😀😀😀😀','漢字','漢字かな混じり','two','y','éèêë',-1);
UPDATE t SET a='changed', b='longer than before', d=REPEAT('z',40) WHERE id<3;
