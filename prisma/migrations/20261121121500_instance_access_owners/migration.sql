-- A rotation ends what the old token stands for when it is asked for, not when it is through.
DROP TRIGGER "instance_access_changes" ON "Instance";
CREATE TRIGGER "instance_access_changes" AFTER UPDATE ON "Instance"
  FOR EACH ROW
  WHEN ((OLD."ownerId", OLD."tokenHash", OLD."nextTokenHash", OLD."subdomain", OLD."desiredState")
    IS DISTINCT FROM (NEW."ownerId", NEW."tokenHash", NEW."nextTokenHash", NEW."subdomain", NEW."desiredState"))
  EXECUTE FUNCTION "tell_instance_access"();

-- The owner is known by their row's identity: another identity is another owner of everything that hangs on the row.
CREATE FUNCTION "tell_owner_access"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('automna_access', 'instance ' || "id" || ' ' || "subdomain")
    FROM "Instance" WHERE "ownerId" = NEW."id";
  RETURN NULL;
END $$;

CREATE TRIGGER "owner_access_changes" AFTER UPDATE ON "User"
  FOR EACH ROW WHEN (OLD."clerkId" IS DISTINCT FROM NEW."clerkId")
  EXECUTE FUNCTION "tell_owner_access"();
