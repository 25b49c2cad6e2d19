-- CreateTable
CREATE TABLE "LaunchTicket" (
    "ticketHash" TEXT NOT NULL,
    "instanceId" CHAR(24) NOT NULL,
    "clerkId" TEXT NOT NULL,
    "sessionId" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "LaunchTicket_pkey" PRIMARY KEY ("ticketHash")
);

-- CreateTable
CREATE TABLE "EndedSession" (
    "sessionId" TEXT NOT NULL,
    "endedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "EndedSession_pkey" PRIMARY KEY ("sessionId")
);

-- CreateIndex
CREATE INDEX "LaunchTicket_expiresAt_idx" ON "LaunchTicket"("expiresAt");

-- CreateIndex
CREATE INDEX "EndedSession_endedAt_idx" ON "EndedSession"("endedAt");

-- AddForeignKey
ALTER TABLE "LaunchTicket" ADD CONSTRAINT "LaunchTicket_instanceId_fkey" FOREIGN KEY ("instanceId") REFERENCES "Instance"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Every process that lets people into gateways listens on this channel. Triggers, so that no writer can forget to tell.
CREATE FUNCTION "tell_instance_access"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM pg_notify('automna_access', 'instance ' || OLD."id" || ' ' || OLD."subdomain");
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM pg_notify('automna_access', 'instance ' || NEW."id" || ' ' || NEW."subdomain");
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "instance_access_rows" AFTER INSERT OR DELETE ON "Instance"
  FOR EACH ROW EXECUTE FUNCTION "tell_instance_access"();

CREATE TRIGGER "instance_access_changes" AFTER UPDATE ON "Instance"
  FOR EACH ROW
  WHEN ((OLD."ownerId", OLD."tokenHash", OLD."subdomain", OLD."desiredState", OLD."observedState", OLD."target", OLD."basePath")
    IS DISTINCT FROM (NEW."ownerId", NEW."tokenHash", NEW."subdomain", NEW."desiredState", NEW."observedState", NEW."target", NEW."basePath"))
  EXECUTE FUNCTION "tell_instance_access"();

CREATE FUNCTION "tell_ended_session"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('automna_access', 'session ' || NEW."sessionId");
  RETURN NULL;
END $$;

CREATE TRIGGER "ended_session_rows" AFTER INSERT ON "EndedSession"
  FOR EACH ROW EXECUTE FUNCTION "tell_ended_session"();
