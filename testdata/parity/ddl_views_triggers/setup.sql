DROP DATABASE IF EXISTS `ddl_views_triggers`; CREATE DATABASE `ddl_views_triggers` CHARACTER SET utf8mb4; USE `ddl_views_triggers`;
CREATE TABLE t (id INT PRIMARY KEY, a INT);
