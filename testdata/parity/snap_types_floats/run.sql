USE `snap_types_floats`;
UPDATE t SET id=-id WHERE id=2;
