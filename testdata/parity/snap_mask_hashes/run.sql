USE `snap_mask_hashes`;
UPDATE t SET id=-id WHERE id=2;
