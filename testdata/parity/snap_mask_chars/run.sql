USE `snap_mask_chars`;
UPDATE t SET id=-id WHERE id=2;
