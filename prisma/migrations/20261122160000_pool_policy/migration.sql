-- AlterTable
ALTER TABLE "Instance" ADD COLUMN "policy" TEXT;

-- CreateTable
CREATE TABLE "PoolPolicy" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "digest" TEXT,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "PoolPolicy_pkey" PRIMARY KEY ("id")
);
