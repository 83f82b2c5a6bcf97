DROP DATABASE IF EXISTS `differs_maria_inet6`; CREATE DATABASE `differs_maria_inet6` CHARACTER SET utf8mb4; USE `differs_maria_inet6`;
CREATE TABLE u (id INT PRIMARY KEY);
