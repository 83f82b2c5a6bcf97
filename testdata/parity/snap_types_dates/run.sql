USE `snap_types_dates`;
UPDATE t SET id=-id WHERE id=2;
