USE `snap_types_years`;
UPDATE t SET id=-id WHERE id=2;
