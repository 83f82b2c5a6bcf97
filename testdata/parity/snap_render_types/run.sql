USE `snap_render_types`;
UPDATE t SET id=-id WHERE id=2;
