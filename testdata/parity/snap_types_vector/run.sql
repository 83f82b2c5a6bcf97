USE `snap_types_vector`;
UPDATE t SET id=-id WHERE id=2;
