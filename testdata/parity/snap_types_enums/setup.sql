DROP DATABASE IF EXISTS `snap_types_enums`; CREATE DATABASE `snap_types_enums` CHARACTER SET utf8mb4; USE `snap_types_enums`;
CREATE TABLE t (id INT PRIMARY KEY, a ENUM('x','y','z'), b SET('a','b','c','d'), c ENUM('ä','ö','😀') NOT NULL DEFAULT 'ö', d SET('one','two') NOT NULL DEFAULT 'one,two', e ENUM('1','2','10') DEFAULT '10', f ENUM('it''s','b"q') , g SET('m','n') CHARACTER SET latin1);
INSERT INTO t (id,a,b,f,g) VALUES (1,'x','','it''s','m'),(2,'z','a,d','b"q','m,n'),(3,NULL,NULL,NULL,NULL);
INSERT IGNORE INTO t (id,a) VALUES (4,'nonsense');
UPDATE t SET a=2, b=15, c='😀', d='' WHERE id=2;
ALTER TABLE t MODIFY a ENUM('x','y','z','new');
UPDATE t SET a='new' WHERE id=1;
