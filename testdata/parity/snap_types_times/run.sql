USE `snap_types_times`;
UPDATE t SET id=-id WHERE id=2;
