"""Run as: -- -m uvicorn main:app"""
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Item(BaseModel):
    name: str
    price: float


@app.get("/")
def index():
    return "hello from fastapi"


@app.post("/items")
async def add(item: Item):
    return {"name": item.name, "total": item.price * 2}
