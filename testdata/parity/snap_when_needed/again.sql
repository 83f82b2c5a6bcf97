USE `snap_when_needed`;
INSERT INTO a VALUES (3,3);
