import 'reflect-metadata';
import { BadRequestException, Body, Controller, Get, Injectable, Module, Param, ParseIntPipe, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

@Injectable()
class Greetings {
  of(name: string) {
    return `hello ${name}`;
  }
}

@Controller()
class AppController {
  constructor(private readonly greetings: Greetings) {}

  @Get()
  root() {
    return 'hello';
  }

  @Get('greet/:name')
  greet(@Param('name') name: string) {
    return this.greetings.of(name);
  }

  @Get('twice/:n')
  twice(@Param('n', ParseIntPipe) n: number) {
    return { twice: 2 * n };
  }

  @Post('echo')
  echo(@Body() body: unknown) {
    return body;
  }

  @Get('refused')
  refused() {
    throw new BadRequestException('not so');
  }

  @Get('error')
  async error() {
    throw new Error('thrown');
  }
}

@Module({ controllers: [AppController], providers: [Greetings] })
class AppModule {}

const app = await NestFactory.create(AppModule);
await app.listen(process.env.PORT ?? 3000);
