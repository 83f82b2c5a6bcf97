USE `snap_types_spatial`;
UPDATE t SET id=-id WHERE id=2;
