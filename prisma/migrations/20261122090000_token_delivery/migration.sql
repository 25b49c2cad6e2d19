-- CreateEnum
CREATE TYPE "TokenDelivery" AS ENUM ('restart', 'handover');

-- AlterTable
ALTER TABLE "Instance" ADD COLUMN "nextTokenBy" "TokenDelivery";
