USE `snap_render_comments`;
UPDATE t SET id=-id WHERE id=2;
