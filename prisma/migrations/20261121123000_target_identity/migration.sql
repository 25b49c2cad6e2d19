-- AlterTable
ALTER TABLE "Instance" ADD COLUMN "identityHeader" TEXT,
ADD COLUMN "identityValue" TEXT;
