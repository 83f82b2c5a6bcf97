USE `ddl_in_other_db`;
CREATE TABLE ddl_other.x (id INT PRIMARY KEY, t TEXT); INSERT INTO ddl_other.x VALUES (1,'x'); RENAME TABLE ddl_other.x TO ddl_in_other_db.x; INSERT INTO x VALUES (2,'y'); USE ddl_other; ALTER TABLE ddl_in_other_db.t ADD b INT; INSERT INTO ddl_in_other_db.t VALUES (1,1,1); DROP DATABASE ddl_other;
