-- CreateEnum
CREATE TYPE "ContainerStatus" AS ENUM ('running', 'stopped', 'provisioning');

-- CreateEnum
CREATE TYPE "InstanceDriver" AS ENUM ('process', 'docker', 'swarm');

-- CreateEnum
CREATE TYPE "GatewayProduct" AS ENUM ('openclaw', 'clawdbot', 'demo');

-- CreateEnum
CREATE TYPE "DesiredState" AS ENUM ('running', 'stopped', 'destroyed');

-- CreateEnum
CREATE TYPE "ObservedState" AS ENUM ('unknown', 'absent', 'stopped', 'running', 'restarting', 'failed', 'ready');

-- CreateTable
CREATE TABLE "User" (
    "id" TEXT NOT NULL,
    "clerkId" TEXT NOT NULL,
    "containerId" TEXT,
    "subdomain" TEXT,
    "gatewayToken" TEXT,
    "containerStatus" "ContainerStatus",

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Instance" (
    "id" CHAR(24) NOT NULL,
    "ownerId" TEXT NOT NULL,
    "driver" "InstanceDriver" NOT NULL,
    "product" "GatewayProduct" NOT NULL,
    "image" TEXT,
    "subdomain" TEXT NOT NULL,
    "desiredState" "DesiredState" NOT NULL DEFAULT 'running',
    "observedState" "ObservedState" NOT NULL DEFAULT 'unknown',
    "target" TEXT,
    "basePath" TEXT NOT NULL,
    "sealedToken" TEXT NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "lastActivityAt" TIMESTAMPTZ(3),
    "errorCode" TEXT,
    "errorMessage" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Instance_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "User_clerkId_key" ON "User"("clerkId");

-- CreateIndex
CREATE UNIQUE INDEX "User_subdomain_key" ON "User"("subdomain");

-- CreateIndex
CREATE UNIQUE INDEX "Instance_subdomain_key" ON "Instance"("subdomain");

-- CreateIndex
CREATE UNIQUE INDEX "Instance_tokenHash_key" ON "Instance"("tokenHash");

-- CreateIndex
CREATE INDEX "Instance_ownerId_idx" ON "Instance"("ownerId");

-- AddForeignKey
ALTER TABLE "Instance" ADD CONSTRAINT "Instance_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema language cannot say.
ALTER TABLE "Instance"
    ADD CONSTRAINT "Instance_id_hex" CHECK ("id" ~ '^[0-9a-f]{24}$'),
    ADD CONSTRAINT "Instance_subdomain_label" CHECK ("subdomain" ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    ADD CONSTRAINT "Instance_error_complete" CHECK (("errorCode" IS NULL) = ("errorMessage" IS NULL));
