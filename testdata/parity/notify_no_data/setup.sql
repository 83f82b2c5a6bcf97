CREATE DATABASE `notify_no_data` CHARACTER SET utf8mb4; USE `notify_no_data`;
CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(9)); INSERT INTO a VALUES (1,'a'),(2,'b'),(3,'c'),(4,'d'),(5,'e'),(6,'f'),(7,'g'),(8,'h');
CREATE TABLE bare (id INT PRIMARY KEY);
CREATE TABLE keyless (x INT); INSERT INTO keyless VALUES (1),(2);
CREATE TABLE z (x INT, y VARCHAR(5), PRIMARY KEY (x, y)); INSERT INTO z VALUES (1,'a'),(1,'b'),(2,'a');
CREATE TABLE zz (id INT PRIMARY KEY);
