USE `snap_one_row`;
INSERT INTO a VALUES (2);
