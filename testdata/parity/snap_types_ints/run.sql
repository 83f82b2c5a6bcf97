USE `snap_types_ints`;
UPDATE t SET id=-id WHERE id=2;
