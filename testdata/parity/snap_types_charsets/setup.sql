DROP DATABASE IF EXISTS `snap_types_charsets`; CREATE DATABASE `snap_types_charsets` CHARACTER SET utf8mb4; USE `snap_types_charsets`;
CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20) CHARACTER SET latin1, b VARCHAR(20) CHARACTER SET latin2, c VARCHAR(20) CHARACTER SET cp1251, d VARCHAR(20) CHARACTER SET sjis, e VARCHAR(20) CHARACTER SET gbk, f VARCHAR(20) CHARACTER SET ascii, g VARCHAR(20) CHARACTER SET utf8mb3, h VARCHAR(20) CHARACTER SET ucs2, i TEXT CHARACTER SET big5, j CHAR(5) CHARACTER SET euckr, k VARCHAR(20) CHARACTER SET greek, l VARCHAR(20) CHARACTER SET hebrew);
INSERT INTO t VALUES (1,'Ärger','Łódź','Привет','日本','中文','ascii','Łé','日本Ł','中文','한국','αβγ','שלום'),(2,'','','','','','','','','','','','');
INSERT INTO t (id) VALUES (3);
UPDATE t SET a='ÿ', h='Ж' WHERE id=1;
