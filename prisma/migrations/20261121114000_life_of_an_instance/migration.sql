-- CreateEnum
CREATE TYPE "ModelProvider" AS ENUM ('openai', 'anthropic');

-- CreateEnum
CREATE TYPE "StopReason" AS ENUM ('owner', 'idle', 'operator');

-- AlterTable
ALTER TABLE "Instance" ADD COLUMN     "attempt" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "containerId" TEXT,
ADD COLUMN     "deletedAt" TIMESTAMPTZ(3),
ADD COLUMN     "epoch" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "generation" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "limits" JSONB,
ADD COLUMN     "nextImage" TEXT,
ADD COLUMN     "nextSealedToken" TEXT,
ADD COLUMN     "nextTokenHash" TEXT,
ADD COLUMN     "phase" TEXT,
ADD COLUMN     "phaseSince" TIMESTAMPTZ(3),
ADD COLUMN     "purgeAfter" TIMESTAMPTZ(3),
ADD COLUMN     "purgedAt" TIMESTAMPTZ(3),
ADD COLUMN     "readySince" TIMESTAMPTZ(3),
ADD COLUMN     "retryAt" TIMESTAMPTZ(3),
ADD COLUMN     "settledGeneration" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "stopReason" "StopReason",
ALTER COLUMN "ownerId" DROP NOT NULL;

-- CreateTable
CREATE TABLE "ModelKey" (
    "userId" TEXT NOT NULL,
    "provider" "ModelProvider" NOT NULL,
    "sealedKey" TEXT NOT NULL,
    "modelId" TEXT,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ModelKey_pkey" PRIMARY KEY ("userId")
);

-- CreateTable
CREATE TABLE "WebhookDelivery" (
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "receivedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "WebhookDelivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "DeletedIdentity" (
    "clerkId" TEXT NOT NULL,
    "deletedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "DeletedIdentity_pkey" PRIMARY KEY ("clerkId")
);

-- CreateTable
CREATE TABLE "AuditEvent" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "instanceId" CHAR(24),
    "subject" TEXT,
    "detail" JSONB,

    CONSTRAINT "AuditEvent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RateLimit" (
    "key" VARCHAR(255) NOT NULL,
    "points" INTEGER NOT NULL DEFAULT 0,
    "expire" BIGINT,

    CONSTRAINT "RateLimit_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "AuditEvent_at_idx" ON "AuditEvent"("at" DESC);

-- CreateIndex
CREATE INDEX "AuditEvent_instanceId_at_idx" ON "AuditEvent"("instanceId", "at" DESC);

-- CreateIndex
CREATE INDEX "RateLimit_expire_idx" ON "RateLimit"("expire");

-- CreateIndex
CREATE UNIQUE INDEX "Instance_nextTokenHash_key" ON "Instance"("nextTokenHash");

-- CreateIndex
CREATE INDEX "Instance_desiredState_observedState_idx" ON "Instance"("desiredState", "observedState");



-- AddForeignKey
ALTER TABLE "ModelKey" ADD CONSTRAINT "ModelKey_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma's schema language cannot say.
ALTER TABLE "Instance"
    ADD CONSTRAINT "Instance_rotation_complete" CHECK (("nextSealedToken" IS NULL) = ("nextTokenHash" IS NULL)),
    ADD CONSTRAINT "Instance_phase_complete" CHECK (("phase" IS NULL) = ("phaseSince" IS NULL)),
    ADD CONSTRAINT "Instance_purge_wanted" CHECK ("purgedAt" IS NULL OR "desiredState" = 'destroyed'),
    ADD CONSTRAINT "Instance_generation_order" CHECK ("settledGeneration" <= "generation");

-- An owner is never lost, whatever a program believes.
CREATE FUNCTION "instance_keeps_owner"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD."ownerId" IS NOT NULL AND NEW."ownerId" IS DISTINCT FROM OLD."ownerId" THEN
    RAISE EXCEPTION 'The owner of an instance cannot be changed.';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "Instance_keeps_owner" BEFORE UPDATE ON "Instance"
    FOR EACH ROW EXECUTE FUNCTION "instance_keeps_owner"();

-- Routers and open pages hear of every change when it is committed.
CREATE FUNCTION "instance_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('automna_instance', COALESCE(NEW."id", OLD."id"));
  RETURN NULL;
END $$;
CREATE TRIGGER "Instance_changed" AFTER INSERT OR UPDATE OR DELETE ON "Instance"
    FOR EACH ROW EXECUTE FUNCTION "instance_changed"();
