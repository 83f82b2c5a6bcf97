DROP DATABASE IF EXISTS `times_negative`; CREATE DATABASE `times_negative` CHARACTER SET utf8mb4; USE `times_negative`;
CREATE TABLE t (id INT PRIMARY KEY, a TIME, b TIME(3), c TIME(6));
