DROP DATABASE IF EXISTS `differs_snap_zerofill`; CREATE DATABASE `differs_snap_zerofill` CHARACTER SET utf8mb4; USE `differs_snap_zerofill`;
CREATE TABLE a (id INT PRIMARY KEY, v DECIMAL(6,2) ZEROFILL); INSERT INTO a VALUES (1,9999.99);
