DROP DATABASE IF EXISTS `types_enums`; CREATE DATABASE `types_enums` CHARACTER SET utf8mb4; USE `types_enums`;
CREATE TABLE t (id INT PRIMARY KEY, a ENUM('x','y','z'), b SET('a','b','c','d'), c ENUM('ä','ö','😀') NOT NULL DEFAULT 'ö', d SET('one','two') NOT NULL DEFAULT 'one,two', e ENUM('1','2','10') DEFAULT '10', f ENUM('it''s','b"q') , g SET('m','n') CHARACTER SET latin1);
