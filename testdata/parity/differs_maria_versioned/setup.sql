DROP DATABASE IF EXISTS `differs_maria_versioned`; CREATE DATABASE `differs_maria_versioned` CHARACTER SET utf8mb4; USE `differs_maria_versioned`;
CREATE TABLE t (id INT PRIMARY KEY, a INT) WITH SYSTEM VERSIONING;
