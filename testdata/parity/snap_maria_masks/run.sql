USE `snap_maria_masks`;
UPDATE t SET id=-id WHERE id=2;
