USE `snap_always`;
INSERT INTO a VALUES (3,3);
