DROP DATABASE IF EXISTS `ddl_in_other_db`; CREATE DATABASE `ddl_in_other_db` CHARACTER SET utf8mb4; USE `ddl_in_other_db`;
CREATE DATABASE IF NOT EXISTS ddl_other; CREATE TABLE t (id INT PRIMARY KEY, a INT);
