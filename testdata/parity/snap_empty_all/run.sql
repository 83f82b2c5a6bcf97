USE `snap_empty_all`;
INSERT INTO a VALUES (1,1); INSERT INTO d VALUES (1);
