USE `snap_ints_precise`;
UPDATE t SET id=-id WHERE id=2;
