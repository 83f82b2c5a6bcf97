USE `snap_several_databases`;
UPDATE a SET id=2; UPDATE other1.x SET id=2;
