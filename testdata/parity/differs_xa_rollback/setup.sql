DROP DATABASE IF EXISTS `differs_xa_rollback`; CREATE DATABASE `differs_xa_rollback` CHARACTER SET utf8mb4; USE `differs_xa_rollback`;
CREATE TABLE t (id INT PRIMARY KEY, a INT);
