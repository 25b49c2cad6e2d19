-- CreateTable
CREATE TABLE "Room" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "gateways" INTEGER NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Room_pkey" PRIMARY KEY ("id")
);
