DROP DATABASE IF EXISTS `times_microseconds`; CREATE DATABASE `times_microseconds` CHARACTER SET utf8mb4; USE `times_microseconds`;
CREATE TABLE t (id INT PRIMARY KEY, a TIME, b TIME(1), c TIME(3), d TIME(4), e TIME(6), f TIME NOT NULL DEFAULT '12:34:56', g TIME(6) DEFAULT '01:02:03.000004');
